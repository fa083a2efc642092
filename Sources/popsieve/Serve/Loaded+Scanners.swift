// Scanners as the relay asks them, made of what the settings say.
// Must not connect to one: that is done with the first question.

import Logging
import NIOCore
import Relay
import Scanning
import Sieve
import Synchronization

/// The scanners in use. They have connections and know whether they are down, so a reload keeps those that it does not change.
final class ScannersInUse: Sendable {
    private struct Used {
        var setting: Settings.Scanner
        var scanner: MailScanner
        var isChecked = false
    }

    private let group: any EventLoopGroup
    private let used = Mutex<[Used]>([])

    /// - Parameter group: what their connections run on.
    init(on group: any EventLoopGroup) { self.group = group }

    /// Those of the settings, in their order.
    func take(_ settings: [Settings.Scanner]) -> ScannerSet {
        used.withLock { used in
            used = settings.compactMap { setting in
                if var same = used.first(where: { $0.setting.isSame(as: setting) }) {
                    same.setting = setting
                    return same
                }
                return MailScanner(setting, on: group).map { Used(setting: setting, scanner: $0) }
            }
            return ScannerSet(used.map(\.scanner))
        }
    }

    /// Nobody looks whether they are there any more.
    func end() async {
        for scanner in used.withLock({ $0.map(\.scanner) }) { await scanner.end() }
    }

    /// Asks those that are new whether they are there; what is not is said, and no reason not to start.
    func check(_ log: Logger) async {
        let new = used.withLock { used in
            defer { for index in used.indices { used[index].isChecked = true } }
            return used.filter { !$0.isChecked }
        }
        let answers = await ScannerSet(new.map(\.scanner)).probe()
        for (new, answer) in zip(new, answers) {
            if let finding = Finding(new.setting, answer.scanner, answer.result) { log.warning("\(finding)") }
        }
    }
}

extension Settings.Scanner {
    fileprivate func isSame(as other: Self) -> Bool { name == other.name && text == other.text }
}

extension Finding {
    /// What is wrong with a scanner that was asked whether it is there; nil if nothing is.
    init?(_ setting: Settings.Scanner, _ scanner: MailScanner, _ result: ProbeResult) {
        guard case .fails(let reason) = result, reason != .cancelled else { return nil }
        let fix =
            switch reason {
            case .garbage: "something else listens there; name the address of \(setting.kind.rawValue)"
            case .unreachable where setting.kind == .command: "name a program that this user may run"
            case .exited, .killed, .badAnswer,
                .failed where setting.kind == .command,
                .timedOut where setting.kind == .command:
                "try it by hand, with a message on its standard input; messages are "
                    + "\(setting.unscanned.consequence) until it answers"
            default: "start it, or name another address; messages are \(setting.unscanned.consequence) until it answers"
            }
        self.init(setting.place, .warning, "the scanner \"\(setting.name)\", \(scanner.place): \(reason)", fix)
    }
}

extension RelayConfiguration.Unscanned {
    /// What happens to messages meanwhile.
    fileprivate var consequence: String {
        switch self {
        case .postpone: "held back"
        case .pass: "passed with a mark"
        case .notice: "replaced by a notice"
        }
    }
}

extension MailScanner {
    fileprivate convenience init?(_ setting: Settings.Scanner, on group: any EventLoopGroup) {
        guard let kind = ScannerKind(setting) else { return nil }
        var limits = ScanLimits()
        limits.timeout = .nanoseconds(setting.timeout.nanoseconds)
        self.init(kind, name: setting.name, limits: limits, group: group)
    }
}

extension ScannerKind {
    fileprivate init?(_ setting: Settings.Scanner) {
        switch (setting.kind, setting.address) {
        case (.clamd, let address?): self = .clamd(address)
        case (.spamd, let address?): self = .spamd(address)
        case (.rspamd, let address?): self = .rspamd(address)
        case (.command, _):
            let subjects = setting.looksFor.map { $0 == .virus ? ScanSubject.viruses : .spam }
            self = .command(setting.command[0], Array(setting.command.dropFirst()), looksFor: Set(subjects))
        case (_, nil): return nil
        }
    }
}

extension [Settings.Scanner] {
    /// Open files and connections of all of them at most.
    var descriptors: Int { compactMap { ScannerKind($0)?.descriptors() }.reduce(0, +) }

    /// What becomes of a message that one of them could not look at, by name.
    var unscanned: [String: RelayConfiguration.Unscanned] {
        Dictionary(map { ($0.name, $0.unscanned) }) { first, _ in first }
    }
}
