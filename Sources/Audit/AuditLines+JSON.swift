// JSON's grammar (RFC 8259) for the shapes that audit lines have.
// Must not know events; every text goes through the one place that escapes and bounds it.

extension AuditLines {
    static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")

    /// `,"name":`; names are ours and need no escaping.
    mutating func key(_ name: String) {
        let name = name.utf8Span.span
        bytes.append(addingCapacity: name.count + 4) { (output: inout OutputSpan<UInt8>) in
            output.append(UInt8(ascii: ","))
            output.append(UInt8(ascii: "\""))
            for index in name.indices { output.append(name[index]) }
            output.append(UInt8(ascii: "\""))
            output.append(UInt8(ascii: ":"))
        }
    }

    mutating func field(_ name: String, _ text: String) {
        key(name)
        value(text)
    }

    mutating func field(_ name: String, _ text: String?) {
        if let text { field(name, text) }
    }

    mutating func field(_ name: String, _ text: [UInt8]) {
        key(name)
        value(text)
    }

    mutating func field(_ name: String, _ text: [UInt8]?) {
        if let text { field(name, text) }
    }

    mutating func field(_ name: String, _ number: Int) {
        key(name)
        value(number)
    }

    mutating func field(_ name: String, _ truth: Bool) {
        key(name)
        bytes.append(contentsOf: (truth ? "true" : "false").utf8)
    }

    /// Milliseconds as a number of seconds with three decimals.
    mutating func seconds(_ name: String, milliseconds: Int) {
        field(name, milliseconds / 1000)
        bytes.append(UInt8(ascii: "."))
        bytes.append(decimal: milliseconds.magnitude % 1000, digits: 3)
    }

    /// A list; what is beyond the limit is counted in a field of its own, `name_left_out`.
    mutating func list<Element>(_ name: String, _ elements: [Element], _ one: (inout Self, Element) -> Void) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.prefix(limits.list).enumerated() {
            if index > 0 { bytes.append(Self.comma) }
            one(&self, element)
        }
        bytes.append(UInt8(ascii: "]"))
        if elements.count > limits.list { field(name + "_left_out", elements.count - limits.list) }
    }

    mutating func list(_ name: String, _ texts: [String]) {
        list(name, texts) { lines, text in lines.value(text) }
    }

    mutating func value(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(escaping: text.utf8Span.span, limit: limits.text)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func value(_ text: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(escaping: text.span, limit: limits.text)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func value(_ number: Int) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(decimal: number.magnitude, digits: 1)
    }
}

extension [UInt8] {
    /// Appends a number in decimal with at least so many digits.
    mutating func append(decimal number: UInt, digits: Int) {
        var text = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var rest = number
        var start = text.count
        while rest > 0 {
            start -= 1
            text[start] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        start = Swift.min(start, text.count - digits)
        append(addingCapacity: text.count - start) { (output: inout OutputSpan<UInt8>) in
            for index in start..<text.count { output.append(text[index]) }
        }
    }
}
