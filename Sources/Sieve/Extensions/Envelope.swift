// envelope (RFC 5228 section 5.4): who sent the message to whom, as far as that is known after delivery.
// Must not guess: what is not known matches nothing.

extension Extension {
    static let envelope = Extension(
        capability: "envelope",
        definitions: [
            Definition(
                name: "envelope",
                kind: .test,
                capabilities: ["envelope"],
                tags: .matching + .addressParts,
                parameters: [Parameter("envelope part", .stringList), Parameter("key list", .stringList)]
            ) { unit, call throws(CompileError) in
                let parts = try unit.texts(call.positional[0])
                for (text, literal) in zip(parts.texts, CompilationUnit.literals(of: call.positional[0])) {
                    guard let name = text.constant, EnvelopeTest.Part(name) == nil else { continue }
                    throw call.error(
                        "specified envelope part '\(name.text)' is not supported by the envelope test",
                        fix: "use \"from\" or \"to\"",
                        at: literal.position
                    )
                }
                let comparison = try Comparison(call, keys: call.positional[1], in: &unit)
                unit.emit(EnvelopeTest(parts: parts, part: AddressPart(of: call), comparison: comparison))
            }
        ]
    )
}

private struct EnvelopeTest: Condition {
    enum Part: String {
        case from
        case to
        /// As it was before any rewriting (an extension of Dovecot's).
        case originalTo = "orig_to"
        /// The name the sender logged in with (an extension of Dovecot's).
        case auth

        init?(_ name: [UInt8]) { self.init(rawValue: name.text.lowercased()) }
    }

    let parts: TextList
    let part: AddressPart
    let comparison: Comparison

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        var count = 0
        for name in try machine.expand(parts) {
            guard let path = path(name, in: machine) else { continue }
            if comparison.counts {
                count += EnvelopePath(path)?.isNull == true ? 0 : 1
            } else if let value = value(of: path, in: machine), try comparison.matches(value, in: &machine) {
                return true
            }
        }
        return comparison.counts ? try comparison.matches(count: count, in: &machine) : false
    }

    private func path(_ name: [UInt8], in machine: Machine) -> [UInt8]? {
        switch Part(name) {
        case .from: machine.context.envelopeFrom
        case .to: machine.context.envelopeTo
        case .originalTo: machine.context.envelopeOriginalTo ?? machine.context.envelopeTo
        case .auth: machine.context.envelopeAuth
        case nil: nil
        }
    }

    /// The null reverse-path is the empty string, whichever part of it is asked for.
    private func value(of path: [UInt8], in machine: Machine) -> [UInt8]? {
        guard let path = EnvelopePath(path) else { return part == .all ? path : nil }
        if path.isNull { return [] }
        let separator = machine.context.addressSeparator
        return switch part {
        case .all: path.mailbox
        case .localpart: path.localPart
        case .domain: path.domain
        case .user: Subaddress.user(of: path.localPart, separator: separator)
        case .detail: Subaddress.detail(of: path.localPart, separator: separator)
        }
    }
}
