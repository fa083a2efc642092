// Events that the tests of this target read back.

import Audit

let session = AuditSession(
    id: "k3f9",
    client: "192.0.2.7",
    user: Array("me@example.com".utf8),
    upstream: "office"
)
let stranger = AuditSession(id: "k3f9", client: "192.0.2.7")
/// 2026-11-23T08:15:04Z
let moment = AuditTime(seconds: 1_795_421_704, microseconds: 123_456)
let tls = AuditTLS(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384")

func bytes(_ events: [AuditEvent], at time: AuditTime = moment) -> [UInt8] {
    var lines = AuditLines()
    for event in events { lines.append(event, at: time) }
    return lines.bytes
}

func message(
    _ number: Int,
    verdict: String = "passed",
    octets: Int = 48_260,
    rules: [AuditRule] = [],
    defects: [String] = [],
    edits: [String] = [],
    isComplete: Bool = true
) -> AuditEvent {
    .message(
        .init(
            session: session,
            command: .retr,
            number: number,
            verdict: verdict,
            rules: rules,
            defects: defects,
            depth: "header",
            edits: edits,
            totals: .init(octetsIn: 1, octetsOut: octets, isComplete: isComplete)
        )
    )
}
