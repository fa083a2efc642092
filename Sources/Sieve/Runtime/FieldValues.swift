// Values of header fields that have been read in this evaluation: a hundred tests on the subject decode it once.
// Must not outlive an edit of the header, nor the script whose numbers these are.

/// What tests have read so far, by the numbers that the compiler gave to the fields they look at.
struct FieldValues {
    private var values: [[[UInt8]]?] = []
    /// The octets that edits have added to the header, or taken from it.
    var growth: Int?

    subscript(number: Int) -> [[UInt8]]? {
        get { number < values.count ? values[number] : nil }
        set {
            if number >= values.count {
                values.append(contentsOf: repeatElement(nil, count: number + 1 - values.count))
            }
            values[number] = newValue
        }
    }

    mutating func forget() { self = FieldValues() }
}
