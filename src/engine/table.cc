#include "engine/table.h"
