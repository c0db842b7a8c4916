#include "engine/table.h"

#include <gtest/gtest.h>
