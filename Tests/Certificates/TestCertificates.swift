// Certificates for tests, made at run time with the openssl command in a temporary folder.
// It must not be used outside tests: the keys are thrown away with the folder.

import ChildProcess
import Foundation
import Glibc
package import TLS

/// One folder of certificates for the whole test run: made once, when the first test asks.
package struct TestCertificates: Sendable {
    package let folder: String

    package static let shared = TestCertificates()

    package func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// `NAME.pem` and `NAME.key` of this folder.
    package func files(_ name: String) -> ServerContext.CertificateFiles {
        ServerContext.CertificateFiles(chain: path("\(name).pem"), key: path("\(name).key"))
    }

    package func server(_ names: String...) throws -> ServerContext {
        try ServerContext(certificates: names.map(files))
    }

    /// Of a web server.
    package func webServer(_ name: String) throws -> ServerContext {
        try ServerContext(certificates: [files(name)], speaks: .http)
    }

    /// Trusts the test authority.
    package func client(resumption: Bool = false) throws -> ClientContext {
        try ClientContext(verification: .roots(file: path("ca.pem")), resumption: resumption)
    }

    private init() {
        atexit { try? FileManager.default.removeItem(atPath: TestCertificates.shared.folder) }
        folder = FileManager.default.temporaryDirectory.path + "/popsieve-tls-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try authority("ca", subject: "/CN=Test Authority")
            try authority("other-ca", subject: "/CN=Nobody's Authority")
            try issue("rsa", key: Self.rsa)
            try issue("ecdsa", key: Self.ecdsa)
            try issue("other-host", key: Self.ecdsa, names: "DNS:other.example,DNS:*.wild.example,IP:192.0.2.1")
            try issue("common-name-only", key: Self.ecdsa, names: nil)
            try issue("expired", key: Self.ecdsa, notBefore: "20200101000000Z", notAfter: "20200201000000Z")
            try issue("future", key: Self.ecdsa, notBefore: "20980101000000Z", notAfter: "20990101000000Z")
            try issue("unknown-issuer", key: Self.ecdsa, by: "other-ca")
            try issue("client", key: Self.ecdsa, names: "DNS:client.example")
            try authority("self-signed", subject: "/CN=localhost", names: "DNS:localhost")
            try run(
                "pkey",
                "-in",
                path("ecdsa.key"),
                "-aes128",
                "-passout",
                "pass:secret",
                "-out",
                path("encrypted.key")
            )
            try issue("weak", key: ["-newkey", "rsa:1024"])
            try Data("not a certificate\n".utf8).write(to: URL(fileURLWithPath: path("nonsense.pem")))
            try damage("rsa.pem", into: "damaged.pem")
            try damage("rsa.key", into: "damaged.key")
            let one = try String(contentsOfFile: path("rsa.pem"), encoding: .utf8)
            try Data(String(repeating: one, count: 17).utf8).write(to: URL(fileURLWithPath: path("long.pem")))
        } catch {
            preconditionFailure("the openssl command is needed to make test certificates: \(error)")
        }
    }

    /// The same with its third line cut out.
    private func damage(_ name: String, into damaged: String) throws {
        var lines = try String(contentsOfFile: path(name), encoding: .utf8).split(separator: "\n")
        lines.remove(at: 2)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path(damaged)))
    }

    private static let rsa = ["-newkey", "rsa:2048"]
    private static let ecdsa = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

    private func authority(_ name: String, subject: String, names: String? = nil) throws {
        let extensions = names.map { ["-addext", "subjectAltName=\($0)"] } ?? []
        try run(
            ["req", "-x509", "-nodes", "-days", "30", "-subj", subject, "-keyout", path("\(name).key")] + Self.ecdsa
                + extensions + ["-out", path("\(name).pem")]
        )
    }

    private func issue(
        _ name: String,
        key: [String],
        names: String? = "DNS:localhost,IP:127.0.0.1",
        by authority: String = "ca",
        notBefore: String? = nil,
        notAfter: String? = nil
    ) throws {
        let request = path("\(name).csr")
        try run(
            ["req", "-new", "-nodes", "-subj", "/CN=localhost", "-keyout", path("\(name).key"), "-out", request] + key
        )
        let database = path("\(name).index")
        try Data().write(to: URL(fileURLWithPath: database))
        let settings = """
            [ca]
            default_ca = this
            [this]
            database = \(database)
            new_certs_dir = \(folder)
            rand_serial = yes
            default_md = sha256
            policy = any
            x509_extensions = leaf
            [any]
            commonName = supplied
            [leaf]
            basicConstraints = critical, CA:false
            \(names.map { "subjectAltName = \($0)" } ?? "")
            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: path("\(name).cnf")))
        let dates =
            notBefore.flatMap { from in notAfter.map { ["-startdate", from, "-enddate", $0] } } ?? ["-days", "20"]
        try run(
            ["ca", "-batch", "-notext", "-config", path("\(name).cnf"), "-in", request, "-out", path("\(name).pem")]
                + ["-cert", path("\(authority).pem"), "-keyfile", path("\(authority).key")] + dates
        )
    }

    @discardableResult
    package func run(_ arguments: String...) throws -> String { try run(arguments) }

    /// Runs a command that talks: gives it `input` and ends it when it has said `end`.
    package func run(_ arguments: [String], input: String, until end: String) throws -> String {
        let (stdin, stdout) = (Pipe(), Pipe())
        let process = try ChildProcess(
            path: "/usr/bin/openssl",
            arguments,
            input: stdin.fileHandleForReading,
            output: stdout.fileHandleForWriting
        )
        try stdout.fileHandleForWriting.close()
        stdin.fileHandleForWriting.write(Data(input.utf8))
        var text = ""
        while !text.contains(end) {
            let next = stdout.fileHandleForReading.availableData
            if next.isEmpty { break }
            text += String(decoding: next, as: UTF8.self)
        }
        process.signal(SIGTERM)
        process.waitForEnd()
        return text
    }

    @discardableResult
    package func run(_ arguments: [String]) throws -> String {
        let output = Pipe()
        let process = try ChildProcess(
            path: "/usr/bin/openssl",
            arguments,
            output: output.fileHandleForWriting,
            errors: output.fileHandleForWriting
        )
        try output.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard process.waitForEnd() == 0 else { throw OpenSSLCommandFailed(arguments: arguments, output: text) }
        return text
    }
}

package struct OpenSSLCommandFailed: Error {
    package let arguments: [String]
    package let output: String
}
