// A file of users and hashes, as Dovecot's passwd-file and htpasswd have them: `user:hash` lines.
// Must not open it.

/// Who may log in with which password.
package struct PasswordFile: Sendable, Equatable {
    /// By name in lower case.
    private var hashes: [[UInt8]: PasswordHash] = [:]

    /// A line that can't be used.
    package struct Fault: Error, Equatable, Sendable {
        /// From 1.
        package var line: Int
        package var cause: Cause

        package enum Cause: Equatable, Sendable {
            case noColon
            case noUser
            case hash(PasswordHashFault)
            /// The line where the same user stands before.
            case twice(Int)
        }
    }

    package init() {}

    /// Reads `user:hash` lines; what is behind a second colon is ignored, as are empty lines and those with `#`.
    package static func read(_ text: String) -> (PasswordFile, faults: [Fault]) {
        var file = PasswordFile()
        var faults: [Fault] = []
        var lines: [[UInt8]: Int] = [:]
        // For Swift, CRLF is a character of its own.
        let all = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in all.enumerated() {
            guard line.contains(where: { $0 != " " && $0 != "\t" }), line.first != "#" else { continue }
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count > 1 else {
                faults.append(Fault(line: index + 1, cause: .noColon))
                continue
            }
            let user = key(parts[0].utf8)
            if user.isEmpty {
                faults.append(Fault(line: index + 1, cause: .noUser))
            } else if let before = lines[user] {
                faults.append(Fault(line: index + 1, cause: .twice(before)))
            } else {
                lines[user] = index + 1
                do throws(PasswordHashFault) {
                    file.hashes[user] = try PasswordHash(String(parts[1]))
                } catch {
                    faults.append(Fault(line: index + 1, cause: .hash(error)))
                }
            }
        }
        return (file, faults)
    }

    package var isEmpty: Bool { hashes.isEmpty }

    package subscript(user: [UInt8]) -> PasswordHash? { hashes[Self.key(user)] }

    /// Any of them: to work as long for a user who is not there.
    package var any: PasswordHash? { hashes.first?.value }

    /// Names are the same whatever the case of their ASCII letters.
    private static func key(_ name: some Sequence<UInt8>) -> [UInt8] {
        name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
}
