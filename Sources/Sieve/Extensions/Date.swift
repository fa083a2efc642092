// date (RFC 5260): the tests date and currentdate.
// Must not read a clock: the current time comes with the message's context.

import Mail

extension Extension {
    static let date = Extension(capability: "date", definitions: [.date, .currentdate])
}

extension Definition {
    fileprivate static let date = Definition(
        name: "date",
        kind: .test,
        capabilities: ["date"],
        tags: [.zone, TagDefinition("originalzone", group: ":zone or :originalzone")] + .matching + .index + .partScope,
        parameters: [
            Parameter("header name", .string), Parameter("date part", .string), Parameter("key list", .stringList),
        ]
    ) { unit, call throws(CompileError) in
        let name = TextList([try unit.text(call.positional[0])])
        unit.emit(
            DateTest(
                field: try FieldSelection(call, names: name, in: &unit),
                zone: call.has("originalzone") ? .original : try unit.zone(of: call),
                part: try unit.datePart(call.positional[1], of: call),
                comparison: try Comparison(call, keys: call.positional[2], in: &unit)
            )
        )
    }

    fileprivate static let currentdate = Definition(
        name: "currentdate",
        kind: .test,
        capabilities: ["date"],
        tags: [.zone] + .matching,
        parameters: [Parameter("date part", .string), Parameter("key list", .stringList)]
    ) { unit, call throws(CompileError) in
        unit.emit(
            DateTest(
                field: nil,
                zone: try unit.zone(of: call),
                part: try unit.datePart(call.positional[0], of: call),
                comparison: try Comparison(call, keys: call.positional[1], in: &unit)
            )
        )
    }
}

extension TagDefinition {
    fileprivate static let zone = TagDefinition("zone", value: .string, group: ":zone or :originalzone")
}

extension CompilationUnit {
    fileprivate mutating func zone(of call: Call) throws(CompileError) -> DateTest.Zone {
        guard let argument = call.tagValues["zone"] else { return .local }
        let zone = try text(argument)
        if let constant = zone.constant, DatePart.zone(constant) == nil {
            warn(
                "specified :zone argument '\(constant.text)' is not a valid timezone",
                fix: "write \"+hhmm\" or \"-hhmm\"",
                at: argument.position
            )
        }
        return .given(zone)
    }

    fileprivate mutating func datePart(_ argument: Argument, of call: Call) throws(CompileError) -> Text {
        let part = try text(argument)
        if let constant = part.constant, DatePart(rawValue: constant.text.lowercased()) == nil {
            warn(
                "specified date part '\(constant.text)' is not known",
                fix: "use one of: \(DatePart.allCases.map(\.rawValue).joined(separator: ", "))",
                at: argument.position
            )
        }
        return part
    }
}

private struct DateTest: Condition {
    enum Zone: Sendable {
        case local
        case original
        case given(Text)
    }

    /// The field with the date; nil for the current date.
    let field: FieldSelection?
    let zone: Zone
    let part: Text
    let comparison: Comparison

    var depth: Depth { field?.scope.depth ?? .header }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        guard let time = try time(in: &machine) else {
            return comparison.counts ? try comparison.matches(count: 0, in: &machine) : false
        }
        if comparison.counts { return try comparison.matches(count: 1, in: &machine) }
        let minutes: Int
        switch zone {
        case .local: minutes = machine.context.timeZone
        case .original: minutes = time.zoneMinutes
        case .given(let text):
            guard let given = DatePart.zone(try machine.expand(text)) else { return false }
            minutes = given
        }
        guard let part = DatePart(rawValue: try machine.expand(part).text.lowercased()) else { return false }
        // A leap second is told as it was written, or moved as the second behind it.
        let shown =
            minutes == time.zoneMinutes ? time : MailDate(secondsSince1970: time.secondsSince1970, zoneMinutes: minutes)
        return try comparison.matches(Array(part.text(of: shown).utf8), in: &machine)
    }

    /// The moment, in the zone it was given in.
    private func time(in machine: inout Machine) throws(Interruption) -> MailDate? {
        guard let field else {
            guard let now = machine.context.time else { throw .failed("the current time is not known") }
            return MailDate(secondsSince1970: now, zoneMinutes: machine.context.timeZone)
        }
        guard let found = try field.fields(in: &machine).first else { return nil }
        // In trace fields the date is behind the last semicolon (RFC 5260 section 4).
        let value = found.header.unfoldedValue(of: found.field)
        return value.split(separator: UInt8(ascii: ";")).last.flatMap { MailDate(Array($0)) }
    }
}
