// Scanners as the relay asks them, made of what the settings say.
// Must not connect to one: that is done with the first question.

import NIOCore
import Relay
import Scanning
import Sieve

extension ScannerSet {
    init(_ scanners: [Settings.Scanner], on group: any EventLoopGroup) {
        self.init(scanners.compactMap { MailScanner($0, on: group) })
    }
}

extension MailScanner {
    fileprivate convenience init?(_ scanner: Settings.Scanner, on group: any EventLoopGroup) {
        var limits = ScanLimits()
        limits.timeout = .nanoseconds(scanner.timeout.nanoseconds)
        switch (scanner.kind, scanner.address) {
        case (.clamd, let address?): self.init(clamd: address, name: scanner.name, limits: limits, group: group)
        case (.spamd, let address?): self.init(spamd: address, name: scanner.name, limits: limits, group: group)
        case (.rspamd, let address?): self.init(rspamd: address, name: scanner.name, limits: limits, group: group)
        case (.command, _):
            let subjects = scanner.looksFor.map { $0 == .virus ? ScanSubject.viruses : .spam }
            self.init(
                command: scanner.command[0],
                arguments: Array(scanner.command.dropFirst()),
                name: scanner.name,
                subjects: Set(subjects),
                limits: limits
            )
        case (_, nil): return nil
        }
    }
}

extension [Settings.Scanner] {
    /// What is not delivered if one of them could not look at it.
    var postponesUnscanned: Set<ScanKind> {
        Set(filter { $0.unscanned == .postpone }.flatMap(\.looksFor))
    }
}
