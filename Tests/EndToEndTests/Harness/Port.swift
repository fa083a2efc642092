// Ports for servers that can't choose one themselves.
// Must not hold a port: whoever asked binds it, soon.

import Foundation
import Synchronization

enum Port {
    private static let given = Mutex<Set<Int>>([])

    /// A port that nobody uses at this moment, outside the range from which the system picks, and that no other test gets.
    ///
    /// It is looked up and not tried: a program that another test starts would inherit the socket for a moment.
    static func free() async throws -> Int {
        let used = usedPorts()
        for _ in 0..<1_000 {
            let port = Int.random(in: 10_000..<32_000)
            if !used.contains(port), given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw TooLate(what: "a free port")
    }

    /// Whether somebody listens there, or is connected.
    static func isUsed(_ port: Int) -> Bool { usedPorts().contains(port) }

    /// As the kernel has them.
    private static func usedPorts() -> Set<Int> {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp"].map {
            (try? KernelTable.text($0)) ?? ""
        }
        let ports = tables.flatMap { $0.split(separator: "\n").dropFirst() }.compactMap { line -> Int? in
            let fields = line.split(separator: " ")
            guard fields.count > 1, let port = fields[1].split(separator: ":").last else { return nil }
            return Int(port, radix: 16)
        }
        return Set(ports)
    }
}
