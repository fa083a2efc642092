// A header block, its edits, and every kind of value: encoded words, addresses, parameters, dates.
// Must not look at what values mean: only at what holds for all of them.

import FuzzInput

@testable import Mail

/// One header block or value; what must hold of all traps if it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let subject = input.octet()
    let octets = input.rest()
    limited { subject & 1 == 0 ? readBlock(octets, editsAtEnd: subject & 2 == 0) : readValue(octets) }
    return 0
}

private func readBlock(_ octets: [UInt8], editsAtEnd: Bool) {
    var block = HeaderBlock(octets)
    let original = block.rendered()
    precondition(original.elementsEqual(octets[block.range]))
    for field in block.fields {
        precondition(isText(block.decodedValue(of: field)))
        _ = block.addresses(of: field)
        readValue(block.unfoldedValue(of: field))
    }
    for defect in block.defects { precondition(defect.offset <= octets.count) }
    edit(&block, value: Array(octets.prefix(400)), editsAtEnd: editsAtEnd)
    precondition(block.rendered() == original)
    guard let first = block.fields.first else { return }
    block.delete(block.fields(named: Array(block.name(of: first))))
    precondition(block.rendered().count < original.count)
}

/// Adds a field and takes it out again.
private func edit(_ block: inout HeaderBlock, value: [UInt8], editsAtEnd: Bool) {
    let before = block.fields.count
    guard let field = try? block.add(name: Array("X-New".utf8), value: value, at: editsAtEnd ? .end : .top) else {
        return
    }
    precondition(isText(block.decodedValue(of: field)))
    // A header without its end may have anything in its last line.
    if block.isTerminated, before < block.limits.headerFields {
        precondition(HeaderBlock(block.rendered()).fields.count == before + 1)
    }
    block.delete(field)
    if !block.isTerminated, editsAtEnd { block = HeaderBlock(block.bytes) }
}

private func readValue(_ value: [UInt8]) {
    var defects = Defects()
    precondition(isText(EncodedWords.decode(value, noting: &defects)))
    for defect in defects.list { precondition(defect.offset <= value.count) }
    for address in AddressList(value).addresses where address.isValid {
        // What was read as an address is one in its own words, too.
        let again = AddressList(address.text).addresses
        precondition(again.count == 1 && again[0].localPart == address.localPart)
    }
    for parameter in ParameterizedValue(value).parameters { precondition(isText(parameter.value)) }
    _ = ContentType(value)
    _ = TransferEncoding(value)
    guard let date = MailDate(value) else { return }
    precondition(MailDate(Array(date.description.utf8))?.secondsSince1970 == date.secondsSince1970)
}

private func isText(_ octets: [UInt8]) -> Bool { String(validating: octets, as: UTF8.self) != nil }
