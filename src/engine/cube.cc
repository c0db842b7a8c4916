#include "engine/cube.h"
