// environment (RFC 5183) and vnd.dovecot.environment: where and for whom the script runs.
// Must not find out anything: whoever runs the script tells it in the message's context.

extension Extension {
    static let environment = Extension(
        capability: "environment",
        definitions: [
            Definition(
                name: "environment",
                kind: .test,
                capabilities: ["environment"],
                tags: .matching,
                parameters: [Parameter("name", .string), Parameter("key list", .stringList)]
            ) { unit, call throws(CompileError) in
                let name = try unit.text(call.positional[0])
                let comparison = try Comparison(call, keys: call.positional[1], in: &unit)
                let item = name.constant.flatMap { ScanItem(name: $0.text) }
                let scan = item.flatMap { unit.options.scans.contains($0.kind) ? $0.kind : nil }
                if let scan { unit.scans.insert(scan) }
                unit.emit(EnvironmentTest(name: name, scan: scan, comparison: comparison))
            }
        ]
    )
    /// Items of Pigeonhole's, and all items as variables of the name space `env`.
    static let dovecotEnvironment = Extension(capability: "vnd.dovecot.environment")
}

extension Machine {
    /// An item of the environment; nil if there is none of that name.
    func environment(_ name: String) -> [UInt8]? {
        let name = name.lowercased()
        if let item = context.environment[name] { return Array(item.utf8) }
        if let item = ScanItem(name: name) {
            return scans[item.kind].flatMap { item.text(of: $0) }.map { Array($0.utf8) }
        }
        switch name {
        case "name": return Array("Popsieve".utf8)
        case "version": return Array("1".utf8)
        case "location": return Array("MUA".utf8)
        case "phase": return Array("post".utf8)
        default: return dovecotEnvironment(name)
        }
    }

    /// The items of vnd.dovecot.environment; in the name of a variable, an underscore stands for a hyphen.
    private func dovecotEnvironment(_ name: String) -> [UInt8]? {
        guard script.capabilities.contains(Extension.dovecotEnvironment.capability) else { return nil }
        switch name {
        case "vnd.dovecot.default-mailbox", "vnd.dovecot.default_mailbox": return Array("INBOX".utf8)
        case "vnd.dovecot.username": return context.environment["vnd.popsieve.user"].map { Array($0.utf8) }
        default: return nil
        }
    }
}

private struct EnvironmentTest: Condition {
    let name: Text
    /// The scan that gives the item.
    let scan: ScanKind?
    let comparison: Comparison

    var depth: Depth { scan == nil ? .header : .scan }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        if let scan { _ = try machine.report(of: scan) }
        guard let value = machine.environment(try machine.expand(name).text) else { return false }
        if comparison.counts { return try comparison.matches(count: value.isEmpty ? 0 : 1, in: &machine) }
        return try comparison.matches(value, in: &machine)
    }
}
