// What keeps `serve` from starting, and how it says so.
// Must not test every fault of settings and rules: their own tests do.

import Foundation
import Testing

@Suite("Start", .timeLimit(.minutes(5)))
struct StartTests {
    /// Changes to good settings that make them bad, and what must be on standard error.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: [String]
        /// 66: there is nothing to be wrong.
        var status: Int32 = 78
        let spoil: @Sendable (Folder) throws -> Void
    }

    private static let faults = [
        Fault(testDescription: "an unknown key", expected: ["popsieve.yaml:1:", "error:"]) {
            try $0.write("popsieve.yaml", "upstraem: pop.example.com\n")
        },
        Fault(testDescription: "a rule that does not compile", expected: ["10-test.sieve:2:", "error:"]) {
            try $0.folder("rules").write("10-test.sieve", "keep;\nkepe;\n")
        },
        Fault(testDescription: "a rule that sends mail", expected: ["10-test.sieve:1:", "redirect"]) {
            try $0.folder("rules").write("10-test.sieve", "redirect \"anna@example.org\";\n")
        },
        Fault(testDescription: "a rule that needs a memory", expected: ["10-test.sieve:1:", "duplicate"]) {
            try $0.folder("rules").write("10-test.sieve", "require \"duplicate\"; if duplicate { discard; }\n")
        },
        Fault(testDescription: "a certificate that is not there", expected: ["missing.pem"]) {
            let listener = "{ address: \"127.0.0.1:0\", tls: implicit, certificate: missing.pem, key: missing.key }"
            try $0.write("popsieve.yaml", "listeners: [\(listener)]\nupstream: pop.example.com\n")
        },
        Fault(testDescription: "a relay that leads to itself", expected: ["popsieve.yaml:2:", "own listeners"]) {
            let listeners = "listeners: [{ address: \"127.0.0.1:11110\" }]"
            let upstreams = "upstreams: { main: { host: localhost, port: 11110, tls: none } }"
            try $0.write("popsieve.yaml", "\(listeners)\n\(upstreams)\n")
        },
        Fault(testDescription: "no settings file", expected: ["popsieve.yaml: error:"], status: 66) {
            try FileManager.default.removeItem(atPath: $0["popsieve.yaml"])
        },
    ]

    @Test("faults are named and nothing starts", arguments: faults, ["serve", "check"])
    func refused(fault: Fault, command: String) async throws {
        try await Folder.temporary { folder in
            try await Popsieve.write(.relaying(to: Address(port: 1)), in: folder)
            try fault.spoil(folder)
            let ended = try await Child.run(
                path: Built.popsieve,
                [command, "--config", folder["popsieve.yaml"]],
                in: folder
            )
            #expect(ended.status == fault.status, "\(ended)")
            let said = ended.errors + String(decoding: ended.output, as: UTF8.self)
            for part in fault.expected { #expect(said.contains(part), "\(ended)") }
        }
    }
}
