// A certificate for localhost, made with the openssl command when the first test asks.
// Must not be used outside tests: the key is thrown away.

import ChildProcess
import Foundation
import TLS

enum Certificate {
    private static let folder: URL = {
        let folder = FileManager.default.temporaryDirectory.appending(path: "popsieve-transport-\(UUID())")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let made = try? ChildProcess(
            path: "/usr/bin/openssl",
            ["req", "-x509", "-nodes", "-days", "3", "-subj", "/CN=localhost", "-newkey", "ec"]
                + ["-pkeyopt", "ec_paramgen_curve:P-256", "-addext", "subjectAltName=DNS:localhost"]
                + ["-keyout", folder.appending(path: "key.pem").path, "-out", folder.appending(path: "pem.pem").path],
            errors: FileHandle.nullDevice
        )
        made?.waitForEnd()
        return folder
    }()

    private static let serverContext = Result {
        try ServerContext(certificateChainFile: path("pem.pem"), privateKeyFile: path("key.pem"))
    }
    private static let clientContext = Result { try ClientContext(verification: .roots(file: path("pem.pem"))) }
    private static let forgetful = Result {
        try ClientContext(verification: .roots(file: path("pem.pem")), resumption: false)
    }

    private static func path(_ name: String) -> String { folder.appending(path: name).path }

    static func server() throws -> TLSConnection { try TLSConnection(server: serverContext.get()) }

    /// - Parameter resumes: otherwise each handshake is as long as the first
    static func client(resumes: Bool = true) throws -> TLSConnection {
        guard let name = ServerName("localhost") else { throw Missing(description: "a name") }
        return try TLSConnection(client: (resumes ? clientContext : forgetful).get(), serverName: name)
    }
}
