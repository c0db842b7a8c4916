#include "engine/names.h"

#include <gtest/gtest.h>
