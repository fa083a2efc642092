// The scanners that there are.
// Must not read settings: they are handed in.

public import NIOCore

/// What a scanner looks for.
public enum ScanSubject: Sendable, Hashable, CaseIterable {
    /// Viruses, for `virustest`.
    case viruses
    /// Spam, for `spamtest`.
    case spam
}

extension MailScanner {
    /// clamd. Nothing is connected before the first question.
    public convenience init(
        clamd address: ScannerAddress,
        name: String,
        limits: ScanLimits = .init(),
        group: any EventLoopGroup,
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        let dialer = Dialer(address: address, group: group, patience: limits.connecting)
        self.init(
            name: name,
            subjects: [.viruses],
            place: "clamd at \(address)",
            engine: Clamd(dialer: dialer, limits: limits),
            limits: limits,
            clock: clock
        )
    }
}

extension MailScanner {
    /// spamd.
    ///
    /// - Parameter user: whose settings count, where the circumstances of a message name nobody.
    public convenience init(
        spamd address: ScannerAddress,
        name: String,
        user: String? = nil,
        limits: ScanLimits = .init(),
        group: any EventLoopGroup,
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        let dialer = Dialer(address: address, group: group, patience: limits.connecting)
        self.init(
            name: name,
            subjects: [.spam],
            place: "spamd at \(address)",
            engine: Spamd(dialer: dialer, maximum: limits.message ?? Limits.spamdMessage, user: user),
            limits: limits,
            clock: clock
        )
    }

    /// rspamd's normal worker (port 11333) or its proxy worker (port 11332).
    public convenience init(
        rspamd address: ScannerAddress,
        name: String,
        limits: ScanLimits = .init(),
        group: any EventLoopGroup,
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        let dialer = Dialer(address: address, group: group, patience: limits.connecting)
        self.init(
            name: name,
            subjects: [.spam],
            place: "rspamd at \(address)",
            engine: Rspamd(dialer: dialer, limits: limits),
            limits: limits,
            clock: clock
        )
    }
}

extension MailScanner {
    /// Any program: it gets the message on standard input and answers with a line of JSON, see `Scanning.docc`.
    ///
    /// - Parameters:
    ///   - command: the program's absolute path; it is started without a shell, in a process group of its own, within the
    ///     limits' memory, and gets nothing of this process's environment.
    ///   - subjects: what it looks for.
    public convenience init(
        command: String,
        arguments: [String] = [],
        name: String,
        subjects: Set<ScanSubject>,
        limits: ScanLimits = .init(),
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        self.init(
            name: name,
            subjects: subjects,
            place: command,
            engine: Command(path: command, arguments: arguments, limits: limits),
            limits: limits,
            clock: clock
        )
    }
}
