// One message run through the rules.

import Filtering
import Mail
import NIOCore
import NIOPosix
import Relay
import Scanning
import Sieve

/// The scanners of the settings, for messages that are tried out.
struct TrialScanners {
    let scanners: ScannerSet
    /// What becomes of what they could not look at, by name.
    let unscanned: [String: RelayConfiguration.Unscanned]
    /// Of the upstream, if there is one for everybody.
    let trustedHops: Int

    init(_ settings: Settings) {
        scanners = ScannersInUse(on: .singletonMultiThreadedEventLoopGroup).take(settings.scanners)
        unscanned = settings.scanners.unscanned
        trustedHops = settings.upstreams.count == 1 ? settings.upstreams[0].trustedHops : 0
    }
}

/// What the rules did to one message.
struct Trial {
    let path: String
    let verdict: Verdict
    /// The message's size as a server would report it.
    let octets: Int
    let duration: Duration
    /// How deep the rules have looked.
    let depth: Depth
    /// What happened, step by step; empty where nobody asked.
    let explanation: Explanation
    /// How the header block changed.
    let changes: HeaderChanges
    /// How the parts changed; empty if nothing but the header did.
    let parts: [HeaderChanges.Line]

    /// What scanners said; nothing if nobody asked them.
    let findings: Findings
    /// What they were told beside the message.
    let circumstances: ScanCircumstances
    /// What becomes of the message where they could not look at it.
    let policy: RelayConfiguration.Unscanned
    /// What the settings say of its size: the relay asks no rule then.
    var limit: TrialLimit?

    /// - Parameters:
    ///   - sources: the scripts by name, if the steps are to be explained
    ///   - scanners: whom rules may ask; nil: nobody
    init(
        path: String,
        message: [UInt8],
        ruleSet: RuleSet,
        facts: Facts,
        sources: [String: [UInt8]]? = nil,
        scanners: TrialScanners? = nil
    ) async {
        let received = NetworkMessage(file: message)
        let message = received.octets
        let header = received.header
        circumstances = ScanCircumstances(header: header, trustedHops: scanners?.trustedHops ?? 0)
        var facts = facts
        facts.defects = received.headerDefects
        facts.bodyDefects = received.bodyDefects
        facts.size = message.count
        let filter = Filter(
            ruleSet: ruleSet,
            header: header,
            facts: facts,
            message: MessageOctets(message),
            isTraced: sources != nil,
            marksUnscanned: scanners != nil
        )
        var duration = Duration.zero
        var verdict: Verdict?
        var findings = Findings()
        while verdict == nil {
            let start = ContinuousClock.now
            let step = filter.run()
            duration += ContinuousClock.now - start
            switch step {
            case .finished(let final): verdict = final
            case .needs(.size): filter.provide(size: message.count)
            case .needs(.message): filter.provide(message: MessageOctets(message))
            case .needs(.scan(let kind)):
                filter.provide(scan: await Self.report(kind, message, circumstances, scanners, &findings))
            // No message has been seen before.
            case .needs(.duplicate(let id)): filter.provide(false, to: id)
            }
        }
        self.duration = duration
        self.findings = findings
        policy = findings.policy(unscanned: verdict?.unscanned.keys.map(\.self) ?? [], scanners?.unscanned ?? [:])
        self.path = path
        self.verdict = verdict ?? Verdict()
        octets = message.count
        depth = filter.depth
        explanation = Explanation(filter.trace, sources: sources ?? [:])
        let rewritten = self.verdict.message?.joined()
        changes = HeaderChanges(
            from: header,
            to: rewritten.map { NetworkMessage(file: $0).header } ?? self.verdict.header ?? header
        )
        parts = rewritten.map { PartOutline.changes(from: message, to: $0) } ?? []
    }

    private static func report(
        _ kind: ScanKind,
        _ message: [UInt8],
        _ circumstances: ScanCircumstances,
        _ scanners: TrialScanners?,
        _ findings: inout Findings
    ) async -> ScanReport {
        guard let scanners else {
            return .unscanned(kind, reason: "nobody was asked; --scan asks the scanners of the settings")
        }
        let source = ByteBuffer(bytes: message)
        findings = await scanners.scanners.scan(source, for: kind.subject, circumstances, known: findings)
        return findings.report(kind)
    }

    /// The verdict in one word, as the audit log would have it.
    var word: String { limit?.word ?? wordOfRules }

    /// The same if the message were not too large.
    var wordOfRules: String { policy == .pass ? verdict.word : "postponed" }

    var microseconds: Int { Int(duration / .microseconds(1)) }
}
