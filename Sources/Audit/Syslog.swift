// What a line is for syslog: priority, head, and the same JSON behind it (RFC 5424, and what local daemons expect).
// Must not send anything.

import Glibc

/// How lines reach a syslog server.
package struct Syslog: Sendable, Equatable, CustomStringConvertible {
    package enum Transport: Sendable, Equatable {
        /// Datagrams to a Unix socket, such as `/dev/log`.
        case local(path: String)
        /// A datagram a line (RFC 5426).
        case udp(host: String, port: Int)
        /// A stream with counted octets (RFC 6587 section 3.4.1).
        case tcp(host: String, port: Int)
    }

    package enum Format: String, Sendable, CaseIterable {
        case rfc5424
        /// What syslog(3) sends, without the time: daemons that listen on `/dev/log` expect it there.
        case local
    }

    package enum Facility: String, Sendable, CaseIterable {
        case kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp
        case ntp, security, console, clock
        case local0, local1, local2, local3, local4, local5, local6, local7

        /// RFC 5424 section 6.2.1.
        var code: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    package var transport: Transport
    package var facility: Facility
    package var format: Format

    package init(_ transport: Transport, facility: Facility = .mail, format: Format? = nil) {
        self.transport = transport
        self.facility = facility
        if case .local = transport { self.format = format ?? .local } else { self.format = format ?? .rfc5424 }
    }

    package var description: String { "syslog at \(transport.text)" }
}

extension Syslog.Transport {
    /// As in the settings.
    package var text: String {
        func at(_ host: String, _ port: Int) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
        return switch self {
        case .local(let path): "unix:\(path)"
        case .udp(let host, let port): "udp:\(at(host, port))"
        case .tcp(let host, let port): "tcp:\(at(host, port))"
        }
    }
}

/// How much an event matters to whoever looks after the service (RFC 5424 section 6.2.1).
package enum AuditSeverity: Int, Sendable {
    case error = 3
    case warning = 4
    case notice = 5
    case information = 6

    /// - Parameter event: an event's name; unknown ones are information
    package init(event: some Sequence<UInt8>) {
        switch String(decoding: Array(event), as: UTF8.self) {
        case "audit_lost", "store_failed", "rules_rejected", "settings_rejected", "certificates_rejected": self = .error
        case "login_failed", "upstream_failed", "session_refused", "protocol_violation", "token_failed": self = .warning
        case "service_started", "service_stopped", "rules_loaded", "settings_reloaded", "certificates_reloaded",
            "store_recovered", "released", "removed", "expired", "chain_started":
            self = .notice
        default: self = .information
        }
    }
}

/// Makes messages of lines.
struct SyslogMessages {
    static let name = "popsieve"

    private let facility: Int
    /// What stands between the time, or the priority, and the event's name.
    private let host: [UInt8]
    private let format: Syslog.Format

    init(_ syslog: Syslog) {
        facility = syslog.facility.code
        format = syslog.format
        switch format {
        case .rfc5424: host = Array(" \(Self.hostName) \(Self.name) \(getpid()) ".utf8)
        case .local: host = Array("\(Self.name)[\(getpid())]: ".utf8)
        }
    }

    /// - Parameter line: without its end
    func message(_ line: ArraySlice<UInt8>) -> [UInt8] {
        let head = AuditLineHead(line)
        var message: [UInt8] = [UInt8(ascii: "<")]
        message.append(decimal: UInt(facility * 8 + AuditSeverity(event: head.event).rawValue), digits: 1)
        message.append(UInt8(ascii: ">"))
        switch format {
        case .rfc5424:
            message += "1 ".utf8
            message += Self.word(head.time)
            message += host
            message += Self.word(head.event)
            message += " - ".utf8
        case .local: message += host
        }
        message += line
        return message
    }

    private static func word(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        text.isEmpty ? [UInt8(ascii: "-")] : text.prefix(32)
    }

    /// The name that the system gives itself, as RFC 5424 section 6.2.4 has it.
    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        // Invariant: the area is the array's own, and its last octet stays 0.
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "-" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isPlain ? text : "-"
    }
}
