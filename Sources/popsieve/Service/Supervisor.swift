// What whoever starts services (systemd, s6 with a helper) is told of this one: sd_notify(3), a datagram each.
// Must not keep the relay from anything: it serves also where nobody listens.

import Audit
import Glibc
import Logging
import Synchronization

/// The socket that `NOTIFY_SOCKET` names.
final class Supervisor: Sendable {
    /// What is told.
    enum Notice {
        /// The listeners accept, or a reload is over.
        case ready(status: String)
        case reloading
        case stopping(status: String)
        case status(String)
        /// The relay lives, and is looked at again.
        case alive
    }

    /// The variable names a socket that can't be used.
    struct Unusable: Error, CustomStringConvertible {
        let name: String
        let reason: String

        var description: String { "NOTIFY_SOCKET=\(name) can't be used: \(reason)" }
    }

    private let descriptor: CInt
    private let address: UnixAddress
    /// Within this time it wants to hear that the relay lives; nil: it does not ask.
    let watchdog: Duration?
    /// Why the last reload changed nothing; nil: it did.
    private let rejected = Mutex<String?>(nil)

    /// Nil where there is nobody to be told.
    init?(_ environment: [String: String], process: Int32 = getpid()) throws(Unusable) {
        guard let name = environment["NOTIFY_SOCKET"], !name.isEmpty else { return nil }
        guard let address = UnixAddress(name) else {
            throw Unusable(name: name, reason: "it is neither a path nor an abstract name that fits")
        }
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Unusable(name: name, reason: "no socket can be had") }
        self.address = address
        watchdog = Self.watchdog(environment, process: process)
        // A manager that reads nothing must not keep us for ever.
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        // Invariant: the pointer is to a local value that outlives the call.
        _ = unsafe setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_SNDTIMEO,
            &patience,
            socklen_t(MemoryLayout<timeval>.size)
        )
    }

    /// One that can't be told is no reason not to serve.
    static func reachable(_ environment: [String: String], _ log: Logger) -> Supervisor? {
        do {
            return try Supervisor(environment)
        } catch {
            log.warning("the service manager is told nothing", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    deinit { close(descriptor) }

    /// Sent before this returns, or lost.
    func tell(_ notices: Notice...) { tell(notices) }

    func tell(_ notices: [Notice]) {
        let text = notices.map(\.text).joined(separator: "\n")
        _ = address.send(Array(text.utf8), from: descriptor)
    }

    /// Why nothing has changed is a part of each status, until a reload succeeds.
    func reloadEnded(_ outcome: Reloads.Outcome, sessions: Int) {
        let reason: String? =
            switch outcome {
            case .reloaded: nil
            case .rejected(let findings): findings.first.map { "\($0.place): \($0.text)" } ?? ""
            case .failed(let reason): reason
            }
        rejected.withLock { $0 = reason }
        tell(.ready(status: status(sessions: sessions)))
    }

    /// A line about now.
    func status(sessions: Int) -> String {
        let now = sessions == 1 ? "1 session" : "\(sessions) sessions"
        guard let reason = rejected.withLock({ $0 }) else { return now }
        return "\(now); reload rejected: \(reason.printable)"
    }

    /// What it asks of another process is none of ours (sd_watchdog_enabled(3)).
    private static func watchdog(_ environment: [String: String], process: Int32) -> Duration? {
        guard let time = environment["WATCHDOG_USEC"].flatMap(Int64.init), time > 0 else { return nil }
        if let watched = environment["WATCHDOG_PID"], watched != "\(process)" { return nil }
        return .microseconds(time)
    }
}

extension Supervisor.Notice {
    /// As sd_notify(3) has it.
    var text: String {
        switch self {
        case .ready(let status): "READY=1\nSTATUS=\(status)"
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Self.now)"
        case .stopping(let status): "STOPPING=1\nSTATUS=\(status)"
        case .status(let status): "STATUS=\(status)"
        case .alive: "WATCHDOG=1"
        }
    }

    /// Microseconds of the clock that systemd compares them with.
    private static var now: Int {
        var time = timespec()
        // Invariant: the pointer is to a local value that outlives the call.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
    }
}

/// The address of a socket of this machine; one that begins with "@" is in no folder (unix(7)).
struct UnixAddress: Sendable {
    private let storage: sockaddr_un
    private let size: socklen_t

    init?(_ name: String) {
        guard name.hasPrefix("/") || name.hasPrefix("@") else { return nil }
        var octets = Array(name.utf8)
        if octets[0] == UInt8(ascii: "@") { octets[0] = 0 } else { octets.append(0) }
        var address = sockaddr_un()
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard octets.count > 1, octets.count <= room else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        // Invariant: no more is copied than there is room for.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: octets) }
        storage = address
        size = socklen_t(MemoryLayout<sockaddr_un>.size - room + octets.count)
    }

    fileprivate func send(_ octets: [UInt8], from descriptor: CInt) -> Bool {
        var address = storage
        // Invariant: both pointers are to local values that outlive the call.
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                // Invariant: the same.
                unsafe sendto(descriptor, octets, octets.count, CInt(MSG_NOSIGNAL), pointer, size) >= 0
            }
        }
    }
}
