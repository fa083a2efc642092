// Memory that held passwords, cleared when it is given back.
#pragma once

/// What this thread frees from now on is overwritten first, or is not any more.
void clear_freed_memory(int clears);
