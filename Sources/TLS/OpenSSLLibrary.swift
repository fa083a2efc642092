// OpenSSL as a part of the process: when it begins and that it never ends.
// It must not know contexts or connections.

import COpenSSL

/// The system's OpenSSL, shared by all of the process.
package enum OpenSSLLibrary {
    /// To be called before anything else that uses it.
    ///
    /// OpenSSL would free what it shares when the process exits, while other threads still let go of their contexts: that
    /// was a crash at the end of a run in which nothing had gone wrong. What is left then is the system's to take back.
    package static func initialize() {
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
    }
}
