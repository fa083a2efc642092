// Keys that are in no file of the settings' own: from the service manager's credentials, and from the environment.
// Must not open a port.

import Foundation
import Testing

@Suite("Where secrets come from")
struct SecretSourceTests {
    struct Source: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let key: String
        /// The name of a variable that holds the key, or the folder with it.
        var variable = ""
        var holds: any KeyPath<Secret, String> & Sendable = \.text
        /// What is said of it; nil: it is taken.
        var fault: String?
    }

    struct Secret {
        let text: String
        let folder: String
        let nothing = ""
    }

    static let sources = [
        Source(testDescription: "environment", key: "env:KEY", variable: "KEY"),
        Source(testDescription: "credential", key: "credential:k", variable: "CREDENTIALS_DIRECTORY", holds: \.folder),
        Source(testDescription: "no variable", key: "env:KEY", fault: "the environment has no \"KEY\""),
        Source(testDescription: "empty", key: "env:KEY", variable: "KEY", holds: \.nothing, fault: "has no \"KEY\""),
        Source(
            testDescription: "no key",
            key: "env:KEY",
            variable: "KEY",
            holds: \.folder,
            fault: "no private key in PEM"
        ),
        Source(testDescription: "no credentials", key: "credential:k", fault: "CREDENTIALS_DIRECTORY is not set"),
        Source(
            testDescription: "another credential",
            key: "credential:other",
            variable: "CREDENTIALS_DIRECTORY",
            holds: \.folder,
            fault: "other: cannot be read"
        ),
    ]

    @Test("a key from elsewhere is taken, or its place is named, and never its text", arguments: sources)
    func key(_ source: Source) async throws {
        let pair = try await Certificates.shared().good
        try await Folder.temporary { folder in
            let text = try String(contentsOfFile: pair.key, encoding: .utf8)
            try folder.write("k", Data(text.utf8))
            let listener =
                "{ address: \"127.0.0.1:0\", tls: implicit, certificate: \"\(pair.certificate)\", key: \"\(source.key)\" }"
            try folder.write(
                "popsieve.yaml",
                Data("upstream: pop.example.com\nstore: none\nlisteners:\n  - \(listener)\n".utf8)
            )
            let secret = Secret(text: text, folder: folder.path)
            let ended = try await Child.run(
                path: Built.popsieve,
                ["check", "--config", "popsieve.yaml"],
                in: folder,
                environment: source.variable.isEmpty ? [:] : [source.variable: secret[keyPath: source.holds]]
            )
            let said = ended.errors + String(decoding: ended.output, as: UTF8.self)
            #expect(ended.status == (source.fault == nil ? 0 : 78), "\(ended)")
            if let fault = source.fault {
                #expect(said.contains(fault) && said.contains("popsieve.yaml:4:"), "\(ended)")
            }
            for line in text.split(separator: "\n").dropFirst().dropLast() { #expect(!said.contains(line)) }
        }
    }
}
