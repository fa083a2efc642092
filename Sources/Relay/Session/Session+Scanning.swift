// A held message that rules want scanned: the scanners are asked, and then the rules again.
// Must not judge, nor wait: the scanners' answer is an event.

import NIOCore
import Scanning
import Sieve

extension Session {
    func scan(_ delivery: MessageDelivery, _ kind: ScanKind) {
        guard let whole = delivery.whole, let source = whole.held?.source() else { return }
        let known = whole.findings
        let scanners = delivery.rules.configuration.scanners
        let hops = dialled.configuration?.trustedHops ?? 0
        let circumstances = ScanCircumstances(header: delivery.heldHeader, trustedHops: hops)
        let (eventLoop, answers) = (loop.eventLoop, loop.shared.answers)
        let this = NIOLoopBound((self, delivery), eventLoop: eventLoop)
        whole.scanBegin = .now
        whole.scan = Task {
            let findings = await scanners.scan(source, for: kind.subject, circumstances, known: known)
            answers.hand(to: eventLoop) {
                let (session, delivery) = this.value
                session.take(.messageScanned(delivery, kind, findings))
            }
        }
    }

    func messageScanned(_ delivery: MessageDelivery, _ kind: ScanKind, _ findings: Findings) {
        guard isAtHand(delivery), let whole = delivery.whole else { return }
        whole.scan = nil
        if let begin = whole.scanBegin.take() { whole.scanDuration = (whole.scanDuration ?? .zero) + (.now - begin) }
        whole.findings = findings
        tellOfFailures(findings)
        whole.answers.reports[kind] = findings.report(kind)
        runRules(delivery)
    }

    /// The operator hears of what only the operator can do something about.
    private func tellOfFailures(_ findings: Findings) {
        for finding in findings.all {
            guard case .unscanned(let reason) = finding.result, reason.isScannersFault else { continue }
            loop.operatorLog.scannerFailed(finding.scanner, cause: reason.withoutWords)
        }
    }
}
