// The system's OpenSSL, and as functions what its headers have as macros (Swift does not see those).
#pragma once
#include <openssl/ssl.h>
