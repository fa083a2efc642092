// Which sockets whoever started the process has opened for it, as sd_listen_fds(3) has it.
// Must not look at a descriptor that is not named in the environment.

import Glibc
import Transport

/// What `LISTEN_FDS` and its companions say.
enum PassedSockets {
    /// The variables are not what they should be.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// The first descriptor that is passed on.
    static let first: CInt = 3
    /// More listeners than anybody has.
    static let most: CInt = 1_024

    /// Numbers and names; none where they are another process's, or there are no such variables.
    static func descriptors(
        _ environment: [String: String],
        process: Int32 = getpid()
    ) throws(Malformed) -> [(number: CInt, name: String?)] {
        guard let text = environment["LISTEN_FDS"], environment["LISTEN_PID"] == "\(process)" else { return [] }
        guard let count = CInt(text), (0...most).contains(count) else {
            throw Malformed(description: "LISTEN_FDS=\(text) is no number of sockets, 0 to \(most)")
        }
        let names = environment["LISTEN_FDNAMES"]?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        guard names.isEmpty || names.count == Int(count) else {
            throw Malformed(description: "LISTEN_FDNAMES has \(names.count) names, and LISTEN_FDS says \(count)")
        }
        return (0..<count).map { index in
            (first + index, names.isEmpty || names[Int(index)].isEmpty ? nil : String(names[Int(index)]))
        }
    }

    /// Takes them over, and sees to it that no program started later takes them for its own.
    static func take(_ environment: [String: String]) throws -> InheritedSockets? {
        let descriptors = try descriptors(environment)
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] {
            // Invariant: the pointer is to a string that outlives the call, and no other thread runs yet.
            unsafe unsetenv(name)
        }
        return descriptors.isEmpty ? nil : try InheritedSockets(descriptors)
    }
}
