// OpenSSL at the end of the process.

import COpenSSL
import Foundation
import TLS
import Testing

@Suite("OpenSSL in the process")
struct OpenSSLLibraryTests {
    @Test("it frees nothing at the exit: a thread that let go of a context then crashed")
    func exitFreesNothing() async {
        await #expect(processExitsWith: .exitCode(3)) {
            OpenSSLLibrary.initialize()
            unsafe SSL_CTX_free(SSL_CTX_new(TLS_method()))
            #expect(OPENSSL_atexit { _exit(4) } == 1)
            exit(3)
        }
    }

    @Test("it would, left to itself")
    func exitFreesOtherwise() async {
        await #expect(processExitsWith: .exitCode(4)) {
            unsafe SSL_CTX_free(SSL_CTX_new(TLS_method()))
            #expect(OPENSSL_atexit { _exit(4) } == 1)
            exit(3)
        }
    }
}
