// Reads certificates and keys from PEM files and says what is wrong with a file and how to fix it.
// It must not be called while connections run: it reads files and blocks.

import COpenSSL
import Glibc

/// A PEM file, read whole.
struct PEMFile {
    let path: String
    private let bytes: [UInt8]

    /// A text that came otherwise, under the name by which faults call it.
    init(_ name: String, text: [UInt8]) {
        path = name
        bytes = text
    }

    init(_ path: String) throws(TLSConfigurationError) {
        self.path = path
        // A pipe that nobody writes to must not keep us waiting.
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0, let file = unsafe fdopen(descriptor, "r") else {
            throw Self.unreadable(path, errno: errno)
        }
        defer { unsafe fclose(file) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw TLSConfigurationError(file: path, problem: "is no regular file", fix: "name a PEM file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, file)
            bytes += chunk.prefix(count)
            if unsafe ferror(file) != 0 { throw Self.unreadable(path, errno: errno) }
            if count < chunk.count { break }
            guard bytes.count <= Limits.pemFile else {
                throw TLSConfigurationError(
                    file: path,
                    problem: "larger than \(Limits.pemFile) octets",
                    fix: "name a PEM file"
                )
            }
        }
        self.bytes = bytes
    }

    private static func unreadable(_ path: String, errno: Int32) -> TLSConfigurationError {
        let fix =
            switch errno {
            case EACCES: "let the user that runs this program read it"
            case EMFILE, ENFILE: "raise the limit of open files (LimitNOFILE=, ulimit -n)"
            default: "check the path"
            }
        return TLSConfigurationError(
            file: path,
            problem: unsafe "cannot be read: \(String(cString: strerror(errno)))",
            fix: fix
        )
    }

    func failure(_ problem: String, fix: String) -> TLSConfigurationError {
        TLSConfigurationError(file: path, problem: problem, fix: fix)
    }

    private func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return bytes.indices.contains { bytes[$0...].starts(with: wanted) }
    }

    /// Runs `body` with the file as an OpenSSL BIO, which is valid during the call only.
    private func withBIO<Result>(_ body: (OpaquePointer?) -> Result) -> Result {
        ERR_clear_error()
        return unsafe bytes.withUnsafeBytes { area in
            let bio = unsafe BIO_new_mem_buf(area.baseAddress, Int32(truncatingIfNeeded: area.count))
            defer { unsafe BIO_free(bio) }
            return unsafe body(bio)
        }
    }

    /// All certificates of the file, in its order; at least one.
    func certificates(limit: Int = Limits.chainLength) throws(TLSConfigurationError) -> [Certificate] {
        let found = unsafe withBIO { bio in
            var found: [Certificate] = []
            while found.count <= limit, let next = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                found.append(unsafe Certificate(owning: next))
            }
            return found
        }
        let end = OpenSSLFailure.next()
        guard found.count <= limit else {
            throw failure("more than \(limit) certificates", fix: "keep the chain only")
        }
        guard end.isEndOfPEM else {
            throw failure("a certificate is damaged: \(end.words)", fix: "copy the file again, whole")
        }
        guard !found.isEmpty else {
            throw failure("no certificate in PEM form (-----BEGIN CERTIFICATE-----)", fix: "name the PEM chain file")
        }
        return found
    }

    /// The first private key of the file; a key that asks for a pass phrase is an error.
    func privateKey() throws(TLSConfigurationError) -> PrivateKey {
        var encrypted = false
        let key = unsafe withBIO { bio in
            unsafe withUnsafeMutablePointer(to: &encrypted) { asked in
                unsafe PEM_read_bio_PrivateKey(bio, nil, refusePassphrase, asked)
            }
        }
        let end = OpenSSLFailure.next()
        if let key = unsafe key { return unsafe PrivateKey(owning: key) }
        if encrypted {
            throw failure(
                "the private key is encrypted",
                fix: "store it without a pass phrase: openssl pkey -in KEY -out NEW"
            )
        }
        guard contains("PRIVATE KEY-----") else {
            throw failure("no private key in PEM form (-----BEGIN PRIVATE KEY-----)", fix: "name the PEM key file")
        }
        throw failure("the private key is damaged: \(end.words)", fix: "copy the file again, whole")
    }
}

/// Called when a key is encrypted: notes that, and gives no pass phrase.
private func refusePassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int32,
    _ writing: Int32,
    _ asked: UnsafeMutableRawPointer?
) -> Int32 {
    unsafe asked?.assumingMemoryBound(to: Bool.self).pointee = true
    return -1
}

extension OpenSSLFailure {
    /// Whether the failure is only that no further PEM block follows.
    fileprivate var isEndOfPEM: Bool { library == ERR_LIB_PEM && reason == PEM_R_NO_START_LINE }
}
