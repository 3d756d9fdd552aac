BBBB BBBB
BB BBBBBBBBBBBBBBBB BB BBBBBBBB
  XXX
    XXXXX XXXXXXXXXX XXXXXXXXXX gettext(u'Signed, not changed') XXXXXXX
  XXXX
  XXX XXXXXXXXXXXX XXXXXX
    XXXX gettext(u'Signed by') XXXXX
    XXXX
      
      BB BBBBB
        XXXXX XXXXXXXXXXXXXX gettext(u'certificate of %(firm)s, on file here') SSSSSSSSSSS SS SSSSSSSSS SS SSSS SSSSXXXXXXX
      BBBBB
    XXXXX
    XXXX gettext(u'At') XXXXX
    XXXX
      FFFFFFFFFFF FFFF
      XXXXX XXXXXXXXXXXXXX
        BB BBBBBBBBBBBBBBB
           gettext(u'by a time stamp') 
        BBBB
           gettext(u"by the signer's clock") 
        BBBBB
      XXXXXXX
    XXXXX
    XXXX gettext(u'Trusted') XXXXX
    XXXX
      BB BBBBBBBBBBBBBBB
         gettext(u'yes, its certificate leads to a trusted root') 
      BBBB
         gettext(u'its issuer is not among the roots that this installation trusts') 
      BBBBB
    XXXXX
  XXXXX
BBBB BBBBBBBBBBBBBBBB BB BBBBBBBBBB
  XXX
    XXXXX XXXXXXXXXX XXXXXXXXXX gettext(u'Not signed electronically') XXXXXXX
    XXXXX XXXXXXXXXXXX XXXXXXX gettext(u'The firm had no certificate: it is to be stamped and signed by hand. The file is as it was issued.') XXXXXXX
  XXXX
BBBB
  XXX
    XXXXX XXXXXXXXXX XXXXXXXXX gettext(u'Changed') XXXXXXX
    XXXXX XXXXXXXXXXXXXX gettext(u'The file is not what was issued. Do not use it.') XXXXXXX
  XXXX
BBBBB
