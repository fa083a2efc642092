// There is nothing to be called: what counts is that this is linked.
#pragma once
