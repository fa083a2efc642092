// keep, discard, redirect (RFC 5228 section 4).
// Must not carry anything out: actions are collected.

import Mail

extension Definition {
    static let keep = Definition(name: "keep") { unit, _ throws(CompileError) in
        unit.emit(Collect(kind: .keep, depth: .none))
    }

    static let discard = Definition(name: "discard") { unit, _ throws(CompileError) in
        unit.demands.mayWithhold = true
        unit.emit(Collect(kind: .discard))
    }

    static let redirect = Definition(
        name: "redirect",
        tags: [.copy],
        parameters: [Parameter("address", .string)]
    ) { unit, call throws(CompileError) in
        let address = try unit.text(call.positional[0])
        if let constant = address.constant, Redirect.address(constant) == nil {
            throw call.error(
                "specified redirect address '\(constant.text)' is invalid",
                fix: "write one address such as \"user@example.com\"",
                at: call.positional[0].position
            )
        }
        unit.emit(Redirect(address: address, isCopy: call.has("copy")))
    }
}

/// An action that is the same whenever it runs.
private struct Collect: Operation {
    let kind: Action.Kind
    var depth = Depth.header

    func perform(in machine: inout Machine) throws(Interruption) { try machine.add(kind) }
}

private struct Redirect: Operation {
    let address: Text
    let isCopy: Bool

    func perform(in machine: inout Machine) throws(Interruption) {
        let text = try machine.expand(address)
        guard let address = Self.address(text) else {
            throw .failed("specified redirect address '\(text.text)' is invalid")
        }
        try machine.add(.redirect(address: address.text, isCopy: isCopy))
    }

    /// The address in a sieve-address (RFC 5228 section 2.4.2.3); nil if there is not exactly one.
    static func address(_ text: [UInt8]) -> [UInt8]? {
        let addresses = AddressList(text).addresses
        return addresses.count == 1 && addresses[0].isValid ? addresses[0].text : nil
    }
}
