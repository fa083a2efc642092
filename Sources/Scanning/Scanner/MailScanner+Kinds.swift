// The scanners that there are.
// Must not read settings: they are handed in.

public import NIOCore

/// A kind of scanner, and where it is.
public enum ScannerKind: Sendable, Equatable {
    /// clamd, for viruses.
    case clamd(ScannerAddress)
    /// spamd, for spam.
    case spamd(ScannerAddress)
    /// rspamd's normal worker (port 11333) or its proxy worker (port 11332), for spam.
    case rspamd(ScannerAddress)
    /// Any program, by its absolute path: it gets the message on standard input and answers with a line of JSON, see
    /// `Scanning.docc`. It is started without a shell, in a process group of its own, within the limits' memory, and gets
    /// nothing of this process's environment.
    case command(String, [String] = [], looksFor: Set<ScanSubject>)
}

extension MailScanner {
    /// A scanner. Nothing is connected or started before the first question.
    ///
    /// - Parameters:
    ///   - name: what findings call it
    ///   - group: what its connections run on; a command has none
    public convenience init(
        _ kind: ScannerKind,
        name: String,
        limits: ScanLimits = .init(),
        group: any EventLoopGroup,
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        func dialer(_ address: ScannerAddress) -> Dialer {
            Dialer(address: address, group: group, patience: limits.connecting)
        }
        let engine: any ScanEngine =
            switch kind {
            case .clamd(let address): Clamd(dialer: dialer(address), limits: limits)
            case .spamd(let address): Spamd(dialer: dialer(address), limits: limits)
            case .rspamd(let address): Rspamd(dialer: dialer(address), limits: limits)
            case .command(let path, let arguments, _): Command(path: path, arguments: arguments, limits: limits)
            }
        self.init(
            name: name,
            subjects: kind.subjects,
            place: kind.place,
            engine: engine,
            limits: limits,
            clock: clock
        )
    }
}

extension ScannerKind {
    /// What it looks for.
    public var subjects: Set<ScanSubject> {
        switch self {
        case .clamd: [.viruses]
        case .spamd, .rspamd: [.spam]
        case .command(_, _, let subjects): subjects
        }
    }

    /// Open files and connections at most, with a question whether it is there. A command has its pipes' ends.
    package func descriptors(within limits: ScanLimits = .init()) -> Int {
        switch self {
        case .clamd, .spamd, .rspamd: limits.parallel + 1
        case .command: limits.parallel * Limits.commandDescriptors
        }
    }

    /// For people.
    fileprivate var place: String {
        switch self {
        case .clamd(let address): "clamd at \(address)"
        case .spamd(let address): "spamd at \(address)"
        case .rspamd(let address): "rspamd at \(address)"
        case .command(let path, _, _): path
        }
    }
}
