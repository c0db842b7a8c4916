#include "engine/general.h"

#include <gtest/gtest.h>
