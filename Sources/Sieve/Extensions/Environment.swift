// environment (RFC 5183) and vnd.dovecot.environment: where and for whom the script runs.
// Must not find out anything: whoever runs the script tells it in the message's context.

import Mail

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
                let item = name.constant.map { EnvironmentItem($0.text) }
                var scan: ScanKind?
                if case .scan(let item)? = item {
                    if unit.options.scans.contains(item.kind) { scan = item.kind }
                } else {
                    unit.demands.asksEnvironment = true
                }
                if let scan { unit.demands.scans.insert(scan) }
                unit.emit(EnvironmentTest(name: name, item: item, scan: scan, comparison: comparison))
            }
        ]
    )
    /// Items of Pigeonhole's, and all items as variables of the name space `env`.
    static let dovecotEnvironment = Extension(capability: "vnd.dovecot.environment")
}

/// An item of the environment, found by its name once: few scripts ask for one whose name is not constant.
enum EnvironmentItem: Sendable, Equatable {
    /// What a scanner has said.
    case scan(ScanItem)
    /// What the context tells of the session, or the engine by itself; in lower case.
    case named(String)

    init(_ name: String) { self = ScanItem(name: name).map { .scan($0) } ?? .named(name.lowercased()) }
}

extension Machine {
    /// An item of the environment; nil if there is none of that name.
    func environment(_ item: EnvironmentItem) -> [UInt8]? {
        switch item {
        case .scan(let item): scans[item.kind].flatMap { item.text(of: $0) }.map { Array($0.utf8) }
        case .named(let name): context.environment[name].map { Array($0.utf8) } ?? ownEnvironment(name)
        }
    }

    private func ownEnvironment(_ name: String) -> [UInt8]? {
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
    /// The item, if the name is constant.
    let item: EnvironmentItem?
    /// The scan that gives it.
    let scan: ScanKind?
    let comparison: Comparison

    var depth: Depth { scan == nil ? .header : .scan }
    // Where there is no scanner nothing makes it hold.
    var idle: Idle? {
        if case .scan? = item, scan == nil { Idle() } else { nil }
    }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        if let scan { _ = try machine.report(of: scan) }
        let name = item == nil ? try machine.expand(name).text : ""
        guard let value = machine.environment(item ?? EnvironmentItem(name)) else { return false }
        if comparison.counts { return try comparison.matches(count: value.isEmpty ? 0 : 1, in: &machine) }
        return try comparison.matches(value, in: &machine)
    }
}
