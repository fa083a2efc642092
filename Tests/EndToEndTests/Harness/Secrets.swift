// Passwords that the tests use, and the proof that the relay wrote none of them down.
// Must not be told of words that stand in a log for another reason.

import Foundation
import Synchronization
import Testing

enum Secrets {
    private static let used = Mutex<Set<String>>([])

    /// A password of a test; short ones are words that a log may hold by chance.
    static func remember(_ password: String) {
        guard password.utf8.count >= 8 else { return }
        _ = used.withLock { $0.insert(password) }
    }

    /// Looks through all that a relay wrote into its folder: audit logs, standard error, standard output.
    static func check(_ folder: Folder) {
        let secrets = used.withLock { $0 }
        let names = (try? folder.names().filter { $0.contains("audit") || $0.hasPrefix("popsieve.") }) ?? []
        for name in names where !name.hasSuffix(".yaml") {
            guard let text = try? folder.read(name) else { continue }
            let said = secrets.filter { spellings(of: $0).contains { text.range(of: Data($0.utf8)) != nil } }
            for secret in said {
                Issue.record("the password \(secret) stands in \(name)")
            }
        }
    }

    /// Looks through what a command of the program has said.
    static func check(_ ended: Ended) {
        let secrets = used.withLock { $0 }
        for (name, text) in [("output", ended.output), ("errors", Data(ended.errors.utf8))] {
            for secret in secrets where spellings(of: secret).contains(where: { text.range(of: Data($0.utf8)) != nil })
            {
                Issue.record("the password \(secret) stands in the \(name) of a command")
            }
        }
    }

    /// In clear, and in base64 wherever it may begin in a group of three octets.
    static func spellings(of secret: String) -> [String] {
        [secret]
            + (0..<3).map { shift in
                let encoded = (Data(repeating: 0, count: shift) + Data(secret.utf8)).base64EncodedString()
                let whole = (shift + secret.utf8.count) / 3 * 4
                return String(encoded.prefix(whole).dropFirst(shift == 0 ? 0 : 4))
            }
    }
}
