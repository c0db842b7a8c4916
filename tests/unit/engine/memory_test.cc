#include "engine/memory.h"

#include <gtest/gtest.h>
