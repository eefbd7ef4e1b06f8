"""CodePipeline's API on the wire: what its operations are asked and what they answer, as typed values.

Source of names, patterns, lengths and enums: botocore's CodePipeline model (1.43), API version 2015-07-09.
"""
