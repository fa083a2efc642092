// The system's crypt(3) with the methods of libxcrypt, by which /etc/shadow is checked.
// It must not hold logic.
#pragma once
#include <crypt.h>

static const int shim_CRYPT_SALT_OK = CRYPT_SALT_OK;
static const int shim_CRYPT_SALT_METHOD_LEGACY = CRYPT_SALT_METHOD_LEGACY;
static const int shim_CRYPT_OUTPUT_SIZE = CRYPT_OUTPUT_SIZE;
