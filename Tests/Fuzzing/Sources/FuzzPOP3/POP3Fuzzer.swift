// The protocol: lines and replies read as values, multi-line replies cut anywhere, sessions under any events.
// Must not know which answers are right: only that nothing is answered twice, and nothing said behind the end.

import FuzzInput
import POP3

/// One line, reply or session; what must hold of all traps if it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let subject = input.octet()
    limited {
        switch subject % 8 {
        case 0: readLine(input.rest())
        case 1: readListing(&input)
        case 2, 3: scan(&input)
        default: runSession(&input)
        }
    }
    return 0
}

// MARK: Values

private func readLine(_ line: [UInt8]) {
    let span = line.span
    if let command = try? Command(parsing: span) { check(command, line) }
    _ = Command.isForeign(span)
    _ = ResponseCode(in: span)
    if ReplyStatus(span) == .challenge { precondition(line.first == 0x2B) }
    if let credentials = SASLResponse.plain(span) {
        precondition(!credentials.user.isEmpty && credentials.user.allSatisfy { $0 >= 0x20 })
        precondition(credentials.secret.allSatisfy { $0 >= 0x20 })
    }
    if let decoded = SASLResponse.decodeBase64(span) { precondition(decoded.count <= line.count * 3 / 4) }
    if let number = parseDecimal(span) { precondition(Array("\(number)".utf8).count <= line.count) }
}

private func check(_ command: Command, _ line: [UInt8]) {
    precondition(line.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    switch command {
    case .user(let range), .pass(let range), .apop(let range), .rpop(let range), .unknown(let range):
        precondition(!range.isEmpty && line.indices.contains(range.lowerBound) && range.upperBound <= line.count)
    case .auth(let mechanism, let response):
        for range in [mechanism, response].compactMap(\.self) { precondition(range.upperBound <= line.count) }
    case .retr(let number), .top(let number, _), .dele(let number), .list(let number?), .uidl(let number?):
        precondition(number > 0)
    case .stls, .capa, .quit, .stat, .list(nil), .uidl(nil), .noop, .rset, .utf8, .lang: break
    }
}

private func readListing(_ input: inout FuzzInput) {
    let cut = input.number(below: 256)
    let octets = input.rest()
    var whole = UIDLListing(limit: 300)
    var pieces = UIDLListing(limit: 300)
    whole.append(octets.span)
    pieces.append(Array(octets.prefix(cut)).span)
    pieces.append(Array(octets.dropFirst(cut)).span)
    whole.end()
    pieces.end()
    for number: MessageNumber in 0...9 { precondition(whole[number] == pieces[number]) }
    let capabilities = Capabilities(reply: octets)
    for conditions in [true, false] {
        let offered = capabilities.offered(under: .init(offersSTLS: conditions, allowsLogin: !conditions))
        // STLS and PIPELINING are ours.
        precondition(offered.lines.count <= capabilities.lines.count + 2)
        precondition(offered.reply.suffix(3).elementsEqual([0x2E, 0x0D, 0x0A]))
    }
    let stuffed = octets.dotStuffed
    precondition(!(Array("\r\n".utf8) + stuffed).isEmpty && stuffed.count >= octets.count)
}

// MARK: Multi-line replies

private func scan(_ input: inout FuzzInput) {
    let form = [MultilineScanner.Form.repaired, .unstuffed, .verbatim][input.number(below: 3)]
    let cuts = [input.number(below: 256), input.number(below: 256)].sorted()
    let octets = input.rest()
    let whole = read([octets], form)
    let pieces = [
        Array(octets.prefix(cuts[0])), Array(octets.prefix(cuts[1]).dropFirst(cuts[0])),
        Array(octets.dropFirst(cuts[1])),
    ]
    let cut = read(pieces, form)
    precondition(whole.end == cut.end)
    guard let end = whole.end else { return }
    precondition(whole.octets == cut.octets)
    precondition(octets[..<end].suffix(3).elementsEqual([0x2E, 0x0D, 0x0A]))
    if form != .verbatim { checkLineEnds(whole.octets, isStuffed: form == .repaired) }
}

/// No bare CR or LF, and, where dots are stuffed, no line that is a dot: no client sees an end before the end.
private func checkLineEnds(_ octets: [UInt8], isStuffed: Bool) {
    for (index, octet) in octets.enumerated() {
        if octet == 0x0D { precondition(index + 1 < octets.count && octets[index + 1] == 0x0A) }
        if octet == 0x0A { precondition(index > 0 && octets[index - 1] == 0x0D) }
    }
    if isStuffed {
        for line in octets.split(separator: 0x0A) { precondition(!line.elementsEqual([0x2E, 0x0D])) }
    }
}

private func read(_ pieces: [[UInt8]], _ form: MultilineScanner.Form) -> (octets: [UInt8], end: Int?) {
    var scanner = MultilineScanner(form: form)
    var octets: [UInt8] = []
    var before = 0
    for piece in pieces {
        var offset = 0
        reading: while true {
            switch scanner.next(in: piece.span, at: &offset) {
            case .content(let range): octets += piece[range]
            case .insertion(.carriageReturn): octets.append(0x0D)
            case .insertion(.lineFeed): octets.append(0x0A)
            case .insertion(.lineEnd): octets += [0x0D, 0x0A]
            case .insertion(.dot): octets.append(0x2E)
            case .repaired(let repaired): octets += repaired
            case .end(let end): return (octets, before + end)
            case .needMore: break reading
            }
        }
        before += piece.count
    }
    return (octets, nil)
}
