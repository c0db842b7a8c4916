#include "engine/log.h"

#include <gtest/gtest.h>
