// A held message that rules want scanned: the scanners are asked, and then the rules again.
// Must not judge, nor wait: the scanners' answer is an event.

import NIOCore
import Scanning
import Sieve

extension Session {
    func scan(_ delivery: MessageDelivery, _ kind: ScanKind) {
        guard let source = delivery.held?.source() else { return }
        let known = delivery.findings
        let scanners = delivery.scanners
        let eventLoop = loop.eventLoop
        let this = NIOLoopBound((self, delivery), eventLoop: eventLoop)
        delivery.scan = Task {
            let findings = await scanners.scan(source, for: kind.subject, known: known)
            eventLoop.execute {
                let (session, delivery) = this.value
                session.take(.messageScanned(delivery, kind, findings))
            }
        }
    }

    func messageScanned(_ delivery: MessageDelivery, _ kind: ScanKind, _ findings: Findings) {
        guard isAtHand(delivery) else { return }
        delivery.scan = nil
        delivery.findings = findings
        delivery.reports[kind] = findings.report(kind)
        runRules(delivery)
    }
}
