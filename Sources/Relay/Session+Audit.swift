// The session's audit lines: who, what, when, and never a secret.
// Must not decide anything.

import Audit
import Filtering
import NIOCore
import POP3
import TLS

extension Session {
    func facts(size: Int?) -> Facts {
        Facts(
            size: size,
            user: machine.user.map { String(decoding: $0, as: UTF8.self) },
            clientAddress: origin.clientAddress,
            listener: nil,
            upstream: upstreamConfiguration?.name,
            tls: clientTLS?.version
        )
    }
    func recordOpened() {}
    func recordSecured(_ handshake: TLSHandshakeCompleted) {}
    func recordConnected(handshake: TLSHandshakeCompleted?) {}
    func record(_ record: SessionRecord) {}
    func recordDelivered(_ delivery: MessageDelivery) { totals.messages += 1 }
    func recordInterrupted(_ delivery: MessageDelivery) {}
    func recordClosed(_ closing: Closing) {}
}
