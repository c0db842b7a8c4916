#include "engine/general.h"
