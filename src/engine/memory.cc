#include "engine/memory.h"
