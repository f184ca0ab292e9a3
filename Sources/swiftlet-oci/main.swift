import Linux

print("swiftlet-oci")
