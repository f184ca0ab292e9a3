import FoundationEssentials

/// Undoes base64 with the letters of URLs, padded or not; `nil` if it is none.
func base64URLDecoded(_ text: some StringProtocol) -> [UInt8]? {
    var letters = Array(text.utf8)
    for (index, letter) in letters.enumerated() {
        switch letter {
        case UInt8(ascii: "-"): letters[index] = UInt8(ascii: "+")
        case UInt8(ascii: "_"): letters[index] = UInt8(ascii: "/")
        default: break
        }
    }
    while letters.count % 4 != 0 { letters.append(UInt8(ascii: "=")) }
    return base64Decoded(letters)
}

/// Undoes base64; `nil` if it is none.
func base64Decoded(_ letters: [UInt8]) -> [UInt8]? { Data(base64Encoded: Data(letters)).map(Array.init) }

/// Base64 with padding.
func base64Encoded(_ bytes: [UInt8]) -> [UInt8] { Array(Data(bytes).base64EncodedData()) }
