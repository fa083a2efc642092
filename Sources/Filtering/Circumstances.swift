// What scripts are told beside the header: the session, and the envelope as far as the header tells it.
// Must not trust it more than the header: whoever wrote one wrote the other.

import Mail
import Sieve

extension MessageContext {
    /// Adds what is known of a message beside its bytes.
    mutating func add(_ facts: Facts, environment asksEnvironment: Bool) {
        size = facts.size
        defects = facts.defects
        bodyDefects = facts.bodyDefects
        time = facts.time
        processorTime = facts.processorTime
        if asksEnvironment { environment = Self.environment(facts) }
    }

    /// Adds the envelope as far as the header tells it: the sender is in Return-Path, the recipient in a field that the
    /// last server added (RFC 5321 section 4.4).
    mutating func addEnvelope(of header: HeaderBlock) {
        envelopeFrom = header.firstPath(in: ["Return-Path"])
        envelopeTo = header.firstPath(in: ["Delivered-To", "X-Original-To", "Envelope-To"])
    }
}

extension MessageContext {
    /// What rules can ask about the session (RFC 5183); what is not known has no item.
    private static func environment(_ facts: Facts) -> [String: String] {
        let items = [
            "remote-ip": facts.clientAddress, "vnd.popsieve.user": facts.user, "vnd.popsieve.listener": facts.listener,
            "vnd.popsieve.upstream": facts.upstream, "vnd.popsieve.tls": facts.tls,
        ]
        return items.compactMapValues { $0 }
    }
}

extension HeaderBlock {
    /// The path in the first of these fields that is there, empty for `<>`; as it stands if it is none. A field without
    /// a value tells nothing.
    fileprivate func firstPath(in names: [String]) -> [UInt8]? {
        for name in names {
            let octets = Array(name.utf8)
            guard let field = fields.first(where: { hasName(octets, $0) }) else { continue }
            let value = unfoldedValue(of: field)
            if value.isEmpty { continue }
            if value == Array("<>".utf8) { return [] }
            // A route is not for us to take away, nor a mistake to repair: the test knows what a path is.
            let list = addresses(of: field)
            let isPlain = list.defects.isEmpty && list.addresses.count == 1 && !value.contains(UInt8(ascii: ":"))
            return isPlain && list.addresses[0].isValid ? list.addresses[0].text : value
        }
        return nil
    }
}
