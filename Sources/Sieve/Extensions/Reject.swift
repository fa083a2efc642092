// reject and ereject (RFC 5429).
// Must not word the refusal: the reason is the script's.

extension Extension {
    static let reject = Extension(capability: "reject", definitions: [.rejecting("reject", isExtended: false)])
    static let ereject = Extension(capability: "ereject", definitions: [.rejecting("ereject", isExtended: true)])
}

extension Definition {
    fileprivate static func rejecting(_ name: String, isExtended: Bool) -> Definition {
        Definition(
            name: name,
            capabilities: [name],
            parameters: [Parameter("reason", .string)]
        ) { unit, call throws(CompileError) in
            unit.demands.mayWithhold = true
            unit.demands.mayReject = true
            let reason = try unit.text(call.positional[0])
            let longest = unit.options.limits.reasonLength
            if let constant = reason.constant, constant.count > longest {
                let message = "the reason is longer than one can be (\(longest) octets)"
                unit.warn(message, fix: "it will be cut", at: call.positional[0].position)
            }
            unit.emit(Reject(reason: reason, isExtended: isExtended))
        }
    }
}

private struct Reject: Operation {
    let reason: Text
    let isExtended: Bool

    func perform(in machine: inout Machine) throws(Interruption) {
        let text = try machine.expand(reason).wholeCharacters(upTo: machine.limits.reasonLength)
        try machine.add(.reject(reason: text.text, isExtended: isExtended))
    }
}
