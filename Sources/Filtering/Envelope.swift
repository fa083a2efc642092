// The envelope of a message that was delivered long ago, as far as its header tells it.
// Must not trust it more than the header: whoever wrote one wrote the other.

import Mail
import Sieve

extension MessageContext {
    /// The sender is in Return-Path, the recipient in a field that the last server added (RFC 5321 section 4.4).
    init(header: HeaderBlock, facts: Facts, needsEnvelope: Bool) {
        self.init()
        size = facts.size
        if !needsEnvelope { return }
        envelopeFrom = header.firstAddress(in: ["Return-Path"])
        envelopeTo = header.firstAddress(in: ["Delivered-To", "X-Original-To", "Envelope-To"])
    }
}

extension HeaderBlock {
    /// The address in the first of these fields that is there; empty for `<>`.
    fileprivate func firstAddress(in names: [String]) -> [UInt8]? {
        for name in names {
            let octets = Array(name.utf8)
            guard let field = fields.first(where: { hasName(octets, $0) }) else { continue }
            return addresses(of: field).addresses.first?.text ?? []
        }
        return nil
    }
}
