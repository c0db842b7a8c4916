#include "engine/checkpoint.h"

#include <gtest/gtest.h>
