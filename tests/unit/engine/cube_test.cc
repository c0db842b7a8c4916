#include "engine/cube.h"

#include <gtest/gtest.h>
